/**
 * What a client's connection is doing. `head`: between requests or inside a head. `busy`: a request is served. `drain`: the client has to
 * take the last answer first. `linger`: answered, the rest of the request is read and dropped. `closing`: our side is ended. `gone`: closed
 * or handed over.
 */
export type ConnectionPhase = 'head' | 'busy' | 'drain' | 'linger' | 'closing' | 'gone';
