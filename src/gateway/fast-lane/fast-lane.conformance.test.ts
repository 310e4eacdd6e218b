import { registerConformance } from '../lanes/conformance/register-conformance.ts';
import { NOT_IN_FAST_LANE, startFastLane } from './fast-lane-door.fixture.ts';

registerConformance('fast lane', startFastLane, NOT_IN_FAST_LANE);
