import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';

/** An issuer's key pair: signs tokens, and shows its public half as a JWK. */
export class TokenKey {
  readonly kid: string;
  readonly alg: string;
  readonly publicJwk: object;
  readonly publicKey: CryptoKey;
  readonly #privateKey: CryptoKey;

  private constructor(kid: string, alg: string, keys: { publicKey: CryptoKey; privateKey: CryptoKey }, jwk: object) {
    this.kid = kid;
    this.alg = alg;
    this.publicKey = keys.publicKey;
    this.#privateKey = keys.privateKey;
    this.publicJwk = { ...jwk, kid, alg, use: 'sig' };
  }

  static async generate(kid: string, alg = 'ES256'): Promise<TokenKey> {
    const keys = await generateKeyPair(alg, { extractable: true });
    return new TokenKey(kid, alg, keys, await exportJWK(keys.publicKey));
  }

  /** Compact JWT; the header can be changed, to `kid: undefined` for instance. */
  sign(claims: JWTPayload, header: object = {}): Promise<string> {
    return new SignJWT(claims).setProtectedHeader({ alg: this.alg, kid: this.kid, ...header }).sign(this.#privateKey);
  }
}
