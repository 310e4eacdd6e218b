/** Which table an answer speaks of. */
export interface VersionView {
  readonly incarnation: string;
  readonly epoch: number;
}
