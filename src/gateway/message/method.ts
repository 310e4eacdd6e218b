/** CONNECT and TRACE would reach past the routes, TRACE (and IIS's TRACK) would show our own headers to the client. */
export function isRefusedMethod(method: string): boolean {
  return method === 'CONNECT' || method === 'TRACE' || method === 'TRACK';
}

/** A read (RFC 9110 §9.2.1). Methods are case-sensitive: `get` is unknown, hence a write. */
export function isSafeMethod(method: string): boolean {
  return method === 'GET' || method === 'HEAD' || method === 'OPTIONS';
}
