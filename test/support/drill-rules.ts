/**
 * The smallest realm with every kind of operation: a unit with two data centers that share its users (RZ01), one with a single
 * data center in another city (RZ02), one whose primary can be changed (RZ03).
 */
export const DRILL_RULES = `
realm: drill
trust: {proxies: [], identityHeaders: any}
cities:
  north: [n-a, n-b]
  south: [s-a]
units:
  RZ01:
    kind: R
    home: 00-39
    primary: n-a
    cells: {RZ01A: {dataCenter: n-a, weight: 100}, RZ01B: {dataCenter: n-b, weight: 0}}
    remoteTargets: [RZ02]
    capacity: 100
  RZ02:
    kind: R
    home: 40-79
    primary: s-a
    cells: {RZ02A: {dataCenter: s-a}}
    remoteTargets: [RZ01]
    capacity: 100
  RZ03:
    kind: R
    home: 80-99
    primary: n-b
    cells: {RZ03A: {dataCenter: n-a, weight: 50}, RZ03B: {dataCenter: n-b, weight: 50}}
    remoteTargets: [RZ02]
    capacity: 100
routes:
  - name: users
    path: /*
    kind: R
    identity: [{header: x-user-id}]
    onMissing: reject
    timeouts: {connectMs: 10000, responseHeadMs: 20000, requestMs: 60000}
    hold: {maxMs: 10000}
`;

/** The same with a longer hold, so that a freeze may outlast the loss of several control leaders. */
export const PATIENT_DRILL_RULES = DRILL_RULES.replace('maxMs: 10000', 'maxMs: 40000');
