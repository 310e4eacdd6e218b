import { registerSplitPositions } from '../lanes/conformance/split-positions.ts';
import { NOT_IN_FAST_LANE, startFastLane } from './fast-lane-door.fixture.ts';

registerSplitPositions('fast lane', startFastLane, NOT_IN_FAST_LANE);
