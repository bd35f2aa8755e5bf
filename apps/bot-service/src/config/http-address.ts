import { FleetError } from "@shoal/kernel";
import { text, wholeNumber } from "./variable.ts";

export const httpVariables = {
  httpHost: text("HTTP_HOST", {
    description: "Address the HTTP API listens on.",
    default: "127.0.0.1",
    expected: "a host name or address",
    accepts: (given) => /^[\w.:-]+$/.test(given),
  }),
  httpPort: wholeNumber("HTTP_PORT", {
    description: "Port of the HTTP API; 0 takes a free one.",
    default: 8787,
    min: 0,
    max: 65_535,
    unit: "port",
  }),
} as const;

/** Writes an address as the host of a URL. */
export function urlHost(address: string): string {
  return address.includes(":") ? `[${address}]` : address;
}

const ALL_ADDRESSES: Readonly<Record<string, string>> = { "0.0.0.0": "127.0.0.1", "::": "::1", "[::]": "[::1]" };

/** Returns where a daemon that listens on this address is found from its own machine. */
export const ownAddress = (address: string): string => ALL_ADDRESSES[address] ?? address;

/** Whether nobody on another machine can reach this address. */
export const isLoopback = (address: string): boolean => /^(localhost|127(\.\d+){3}|::1)$/.test(address);

/**
 * Returns where the daemon with this environment is found from its own machine. Reads the variables as the daemon does.
 * @throws CONFIG_INVALID the daemon does not start with these, or takes a port that they do not tell
 */
export function ownUrl(env: Readonly<Record<string, string | undefined>>): string {
  const { httpHost, httpPort } = httpVariables;
  const [host, port] = [httpHost.read(env[httpHost.name]), httpPort.read(env[httpPort.name])];
  const wrong = (name: string, expected: string) => new FleetError("CONFIG_INVALID", `${name}: expected ${expected}`);
  if (!host.ok) throw wrong(httpHost.name, httpHost.expected);
  if (!port.ok) throw wrong(httpPort.name, httpPort.expected);
  if (port.value === 0) throw wrong(httpPort.name, "a port other than 0, which takes any free one");
  return `http://${urlHost(ownAddress(host.value))}:${port.value}`;
}
