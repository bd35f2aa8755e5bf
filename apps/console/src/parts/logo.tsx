/** Three fish, one ahead. */
export function Logo() {
  return (
    <svg class="logo" viewBox="0 0 32 24" width="28" height="21" aria-hidden="true" fill="currentColor">
      <path
        d="M2 12c3-4.200 7-6 11-6s7 2.300 9 4.500l5-3.500v10l-5-3.500c-2 2.200-5 4.500-9 4.500S5 16.200 2 12Zm7-1.600a1.400 1.400 0 1 0 0 2.800 1.400 1.400 0 0 0 0-2.800Z"
        transform="matrix(-.78 0 0 .78 31 2.600)"
        fill-rule="evenodd"
      />
      <path
        d="M0 6c2-2.400 4-3 6-3s4 1.200 5 2.200L13.500 3v6L11 6.800C10 7.800 8 9 6 9S2 8.400 0 6Z"
        transform="matrix(-.62 0 0 .62 9 1)"
        opacity=".65"
      />
      <path
        d="M0 6c2-2.400 4-3 6-3s4 1.200 5 2.200L13.500 3v6L11 6.800C10 7.800 8 9 6 9S2 8.400 0 6Z"
        transform="matrix(-.62 0 0 .62 9 15.500)"
        opacity=".65"
      />
    </svg>
  );
}
