import type { Dispatcher } from 'undici';
import type { Clock } from '../../core/clock.ts';
import type { CellSettings } from './cell-settings.ts';

/** What an exchange is handed by the instance that it runs at. */
export interface ExchangeContext {
  readonly clock: Clock;
  readonly settings: CellSettings;
  /** A dispatcher with a connection of its own, for the one repetition of a safe request. */
  fresh(): Dispatcher;
}
