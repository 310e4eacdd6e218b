import { NOT_IN_GENERAL_LANE, startGeneralLane } from './conformance/general-lane-door.ts';
import { registerConformance } from './conformance/register-conformance.ts';

registerConformance('general lane', startGeneralLane, NOT_IN_GENERAL_LANE);
