/** `01:02:03 UTC`, for what is only minutes away. */
export function utcClock(ms: number): string {
  return utcTime(ms).replace(/^\d{4}-\d\d-\d\d /, '');
}

/** `2026-11-21 01:02:03 UTC`: operators in several cities read the same. */
export function utcTime(ms: number): string {
  const instant = new Date(ms);
  if (Number.isNaN(instant.getTime())) return 'at no known time';
  return `${instant.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}
