/** Returns the token of the header `authorization`; undefined without one. */
export function bearerOf(headers: Headers): string | undefined {
  return /^bearer (\S+)$/i.exec(headers.get("authorization") ?? "")?.[1];
}
