import type { Finding, Position } from './mistake.ts';
import type { RulesetLimits } from './ruleset-limits.ts';

type Decoded = { readonly text: string } | { readonly finding: Finding; readonly position: Position };

const UTF8 = 'must be UTF-8 text without control characters';
// Everything that YAML 1.2 §5.1 calls not printable and that a text of UTF-8 can have; U+FFFD is what decoders leave
// where the bytes were not UTF-8.
const UNPRINTABLE = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x80-\x84\x86-\x9f\ufffd\ufffe\uffff]/;

/** The text of a ruleset from what a file or a request brought: size, encoding and characters are checked here. */
export function rulesetText(source: string | Uint8Array, limits: RulesetLimits): Decoded {
  const bytes = typeof source === 'string' ? utf8Length(source) : source.byteLength;
  if (bytes > limits.maxBytes) return tooLong(bytes, limits);
  const text = typeof source === 'string' ? source : decode(source);
  if (text === null) return notUtf8(source as Uint8Array);
  const bare = text.startsWith('\ufeff') ? text.slice(1) : text;
  const bad = UNPRINTABLE.exec(bare);
  if (bad === null) return { text: bare };
  const code = bad[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
  return refuse(`character U+${code}`, UTF8, positionIn(bare, bad.index));
}

function utf8Length(text: string): number {
  return new TextEncoder().encode(text).byteLength;
}

function decode(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** Names the line by decoding again with replacement characters, which stand where the first bad byte is. */
function notUtf8(bytes: Uint8Array): Decoded {
  const first = bytes[0] ?? 0;
  const isUtf16 = (first === 0xff && bytes[1] === 0xfe) || (first === 0xfe && bytes[1] === 0xff);
  const loose = new TextDecoder('utf-8').decode(bytes);
  return refuse(isUtf16 ? 'UTF-16' : 'bytes that are not UTF-8', UTF8, positionIn(loose, loose.indexOf('\ufffd')));
}

function tooLong(bytes: number, limits: RulesetLimits): Decoded {
  return refuse(`${bytes} bytes`, `must be at most ${limits.maxBytes} (setting maxBytes)`, { line: 1, column: 1 });
}

function refuse(seen: string, allowed: string, position: Position): Decoded {
  return { finding: { path: [], seen, allowed, text: `the ruleset has ${seen}, it ${allowed}` }, position };
}

function positionIn(text: string, index: number): Position {
  const before = text.slice(0, Math.max(0, index));
  const lines = before.split(/\r\n|\n|\r/);
  return { line: lines.length, column: (lines.at(-1) ?? '').length + 1 };
}
