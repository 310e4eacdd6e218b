import { leaderLossDrill } from './support/leader-loss-drill.ts';

leaderLossDrill(async () => ({ url: undefined, stop: async () => undefined }));
