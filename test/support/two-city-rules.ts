/** A realm for fleets that need no more: two cities with a data center each, every unit with one cell. */
export const TWO_CITY_RULES = `
realm: two-cities
trust: {proxies: [], identityHeaders: any}
cities:
  north: [n-a]
  south: [s-a]
units:
  RZ01:
    kind: R
    home: 00-49
    cells: {RZ01A: {dataCenter: n-a}}
    remoteTargets: [RZ02]
    capacity: 100
  RZ02:
    kind: R
    home: 50-99
    cells: {RZ02A: {dataCenter: s-a}}
    remoteTargets: [RZ01]
    capacity: 100
routes:
  - name: users
    path: /*
    kind: R
    identity:
      - cookie: uid
      - header: x-user-id
      - jwt: {claim: sub, issuer: ldc-fleet}
      - session: {cookie: sid, prefix: 'session:'}
    onMissing: reject
`;
