import { readFileSync } from 'node:fs';
import { pino } from 'pino';
import { TokenList } from '../control/auth/token-list.ts';
import { ControlNode } from '../control/control-node.ts';
import { userIdProblem } from '../gateway/identity/user-id.ts';
import { readControlConfig } from './control-config.ts';
import { openGates } from './control-gates.ts';
import { matchRoute } from './match-route.ts';
import { liveAs } from './process-life.ts';
import { readConfigFile } from './read-config-file.ts';
import { openConfiguredStore } from './store-config.ts';
import { SYSTEM_CLOCK } from './system-clock.ts';
import { SYSTEM_RANDOM } from './system-random.ts';
import { VERSION } from './version.ts';

/** `ldc control --config FILE`: runs until it is told to stop. Rejects with a coded error if it cannot start. */
export async function runControl(configFile: string): Promise<void> {
  const config = readControlConfig(readConfigFile(configFile), configFile);
  const log = pino({ base: { program: 'control', node: config.node } });
  const store = openConfiguredStore(config.store, config.realm, (event) => log.warn(event, 'store'));
  const { tls, listen, operations, safety } = config;
  const gates = openGates(config);
  const node = new ControlNode({
    realm: config.realm,
    node: config.node,
    version: VERSION,
    store,
    clock: SYSTEM_CLOCK,
    random: SYSTEM_RANDOM,
    tokens: TokenList.parse(JSON.parse(readFileSync(config.tokens, 'utf8'))),
    matchRoute,
    checkUserId: userIdProblem,
    observer: (event) => log.info(event, 'control'),
    api: config.api,
    gates: gates.calls,
    operations,
    safety,
    ...(tls !== null && { tls: { cert: readFileSync(tls.cert, 'utf8'), key: readFileSync(tls.key, 'utf8') } }),
  });
  const url = await node.start(listen.host, listen.port);
  log.info({ url }, 'control started');
  const stop = async (): Promise<void> => {
    await node.close();
    await gates.close();
    await store.close();
  };
  liveAs({ stop }, { control: Number(new URL(url).port) }, log);
}
