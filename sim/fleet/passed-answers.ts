import type { GuardedCells } from '../../src/gateway/guarded-cells.ts';
import type { Claim, UpstreamEvents } from '../../src/gateway/upstream.ts';

/** Tells of each answer of a write at the moment that its head leaves the guarded cells, whatever the guard said of it. */
export function watchAnswers(guarded: GuardedCells, tell: (claim: Claim) => void): void {
  const open = guarded.open.bind(guarded);
  guarded.open = (request, events) => {
    const { claim } = request;
    if (claim.safe) return open(request, events);
    const head: UpstreamEvents['head'] = (...answer) => {
      tell(claim);
      events.head(...answer);
    };
    return open(request, {
      head,
      admitted: () => events.admitted(),
      refused: (refusal) => events.refused(refusal),
      informational: (status, headers) => events.informational(status, headers),
      data: (chunk) => events.data(chunk),
      end: (trailers) => events.end(trailers),
      failed: (failure) => events.failed(failure),
      drain: () => events.drain(),
    });
  };
}
