import { NOT_IN_GENERAL_LANE, startGeneralLane } from './conformance/general-lane-door.ts';
import { registerSplitPositions } from './conformance/split-positions.ts';

registerSplitPositions('general lane', startGeneralLane, NOT_IN_GENERAL_LANE);
