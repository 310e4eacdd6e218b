/** The elements of a comma-separated list without quoted strings (RFC 9110 §5.6.1); empty elements are left out. */
export function fieldElements(value: string): string[] {
  const elements: string[] = [];
  for (const part of value.split(',')) {
    const element = trimOws(part);
    if (element !== '') elements.push(element);
  }
  return elements;
}

/** Without spaces and tabs at both ends; `String.trim` would take more than RFC 9110 §5.6.3 calls white space. */
export function trimOws(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isOws(text.charCodeAt(start))) start++;
  while (end > start && isOws(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

const isOws = (c: number): boolean => c === 0x20 || c === 0x09;
