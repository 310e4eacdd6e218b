/** A DATA frame costs at least this much of its window, so a window bounds the number of frames as well as their bytes. */
export const MIN_FRAME_COST = 256;

/** What a DATA frame of `bytes` takes from the window of its stream, and what WINDOW gives back for it. */
export const windowCost = (bytes: number): number => Math.max(bytes, MIN_FRAME_COST);
