/** What the metrics hear of a door's connections. Nothing of it may throw. */
export interface DoorObserver {
  opened(): void;
  closed(): void;
  /** `connections`: the door has as many as it may (door.maxConnections); `address`: this client (door.maxConnectionsPerAddress). */
  refused(why: 'connections' | 'address'): void;
}

const ignore = (): void => undefined;

/** Hears nothing; for tests, and for a lane behind another one. */
export const SILENT_DOOR_OBSERVER: DoorObserver = Object.freeze({ opened: ignore, closed: ignore, refused: ignore });
