import { ANSWER_RULES, BAD_ANSWER_RULES } from './answer-rule-cases.ts';
import { ANSWERED, BAD_ANSWERS } from './answered-cases.ts';
import { BROKEN_CHUNKS, CHUNKS } from './chunk-cases.ts';
import { PASSED_BODIES, PASSED_FIELDS, PASSED_PATHS } from './end-to-end-cases.ts';
import { HOSTS, NAMES_AND_VALUES, PATHS, REQUEST_LINES, TARGETS } from './grammar-cases.ts';
import { KEEP_ALIVE } from './keep-alive-cases.ts';
import { PASSED } from './passed-cases.ts';
import { BROKEN_BODIES, REFUSED } from './refused-cases.ts';
import { SMUGGLING } from './smuggling-cases.ts';

/** All cases that are data, by kind and section; behaviours and upgrades are programs of their own. */
export const REFUSED_TABLES = { ...REFUSED, SMUGGLING, REQUEST_LINES, TARGETS, PATHS, HOSTS, NAMES_AND_VALUES };
export const BROKEN_TABLES = { BROKEN_BODIES, BROKEN_CHUNKS };
export const PASSED_TABLES = { ...PASSED, PASSED_PATHS, PASSED_FIELDS, PASSED_BODIES, CHUNKS };
export const SEQUENCE_TABLES = { KEEP_ALIVE };
export const ANSWERED_TABLES = { ...ANSWERED, ANSWER_RULES };
export const BAD_ANSWER_TABLES = { BAD_ANSWERS, BAD_ANSWER_RULES };
