import { isToken } from './field-check.ts';
import { trimOws } from './field-list.ts';

/** What one proxy said in `Forwarded` (RFC 7239 §4); a parameter that it did not give is ''. */
export interface ForwardedElement {
  readonly for: string;
  readonly proto: string;
  readonly host: string;
}

/** The elements of a `Forwarded` value in order, null if it is malformed or a parameter occurs twice in an element. */
export function parseForwarded(value: string): ForwardedElement[] | null {
  const elements: ForwardedElement[] = [];
  for (const text of splitOutsideQuotes(value, ',') ?? [null]) {
    if (text === null) return null;
    if (trimOws(text) === '') continue;
    const element = parseElement(text);
    if (element === null) return null;
    elements.push(element);
  }
  return elements;
}

function parseElement(text: string): ForwardedElement | null {
  const seen = new Map<string, string>();
  for (const pair of splitOutsideQuotes(text, ';') ?? []) {
    const trimmed = trimOws(pair);
    if (trimmed === '') continue;
    const equals = trimmed.indexOf('=');
    const name = trimmed.slice(0, Math.max(0, equals)).toLowerCase();
    const value = unquote(trimmed.slice(equals + 1));
    if (equals === -1 || !isToken(name) || value === null || seen.has(name)) return null;
    seen.set(name, value);
  }
  return { for: seen.get('for') ?? '', proto: seen.get('proto') ?? '', host: seen.get('host') ?? '' };
}

/** A token or a quoted string (RFC 9110 §5.6.4). */
function unquote(value: string): string | null {
  if (!value.startsWith('"')) return isToken(value) ? value : null;
  if (value.length < 2 || !value.endsWith('"')) return null;
  let text = '';
  for (let i = 1; i < value.length - 1; i++) {
    let c = value[i];
    if (c === '"') return null;
    if (c === '\\') {
      i++;
      if (i === value.length - 1) return null;
      c = value[i];
    }
    text += c;
  }
  return text;
}

/** Null: a quote is not closed. */
function splitOutsideQuotes(text: string, separator: string): string[] | null {
  const parts: string[] = [];
  let start = 0;
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (quoted && c === '\\') i++;
    else if (c === '"') quoted = !quoted;
    else if (c === separator && !quoted) {
      parts.push(text.slice(start, i));
      start = i + 1;
    }
  }
  parts.push(text.slice(start));
  return quoted ? null : parts;
}
