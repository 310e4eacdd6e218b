import { fieldLines } from './message/field-lines.ts';
import type { Claim, HeaderList, UpstreamLimits, UpstreamRequest } from './upstream.ts';

/** Stands in the lines where the request's own ID belongs. */
export const REQUEST_ID: readonly [string, string] = ['ldc-request-id', ''];

/** The guard's word about all requests of a shard at one cell, in both forms; only the request's ID is missing. */
export class OwnershipLines implements Pick<Claim, 'unit' | 'cell' | 'epoch'> {
  readonly unit: Claim['unit'];
  readonly cell: Claim['cell'];
  readonly epoch: Claim['epoch'];
  readonly #list: readonly string[];
  readonly #idAt: number;
  readonly #before: string;
  readonly #behind: string;

  constructor(unit: Claim['unit'], cell: Claim['cell'], epoch: Claim['epoch'], list: readonly string[]) {
    this.unit = unit;
    this.cell = cell;
    this.epoch = epoch;
    this.#list = list;
    this.#idAt = list.indexOf(REQUEST_ID[0]) + 1;
    this.#before = `${fieldLines(list.slice(0, this.#idAt - 1))}${REQUEST_ID[0]}: `;
    this.#behind = `\r\n${fieldLines(list.slice(this.#idAt + 1))}`;
  }

  listBehind(headers: HeaderList, requestId: string): HeaderList {
    const list = headers.concat(this.#list);
    list[headers.length + this.#idAt] = requestId;
    return list;
  }

  textBehind(lines: string, requestId: string): string {
    return lines + this.#before + requestId + this.#behind;
  }
}

/** A request that the guard admitted, with its word to the application (docs/reference-unit.md). */
export class OwnedRequest implements UpstreamRequest {
  readonly #request: UpstreamRequest;
  readonly #ownership: OwnershipLines;
  readonly claim: Claim;
  readonly method: string;
  readonly target: string;
  readonly body: UpstreamRequest['body'];
  readonly upgrade: string | null;
  readonly requestId: string;
  readonly limits: UpstreamLimits;
  readonly isChecked: boolean;

  constructor(request: UpstreamRequest, ownership: OwnershipLines) {
    this.#request = request;
    this.#ownership = ownership;
    this.claim = request.claim;
    this.method = request.method;
    this.target = request.target;
    this.body = request.body;
    this.upgrade = request.upgrade;
    this.requestId = request.requestId;
    this.limits = request.limits;
    this.isChecked = request.isChecked ?? false;
  }

  get headers(): HeaderList {
    return this.#ownership.listBehind(this.#request.headers, this.requestId);
  }

  get lines(): string | undefined {
    const { lines } = this.#request;
    return lines === undefined ? undefined : this.#ownership.textBehind(lines, this.requestId);
  }
}
