/** Somebody pressed Ctrl-C. */
export class DrillInterrupted extends Error {}
