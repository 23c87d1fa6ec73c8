/** Broken and hostile issuers, on a real socket. */

import type { ServerResponse } from 'node:http'
import type { JWK } from 'jose'

/** What the server does with every request for a document. */
export type Misbehaviour =
  | 'hang'
  | 'drip'
  | 'reset'
  | 'error'
  | 'missing'
  | 'html'
  | 'truncated'
  | 'huge'
  | 'redirect'
  | 'foreign-issuer'
  | 'foreign-keys'
  | 'empty-set'
  | 'no-set'
  | 'null-key'
  | 'duplicate-key'
  | 'private-key'
  | 'symmetric-key'
  | 'small-key'
  | 'many-keys'

/** The correct data of the issuer. */
export interface Honest {
  /** `iss` of the issuer. */
  readonly issuer: string
  /** Whether the request is for the key set; `false` for the discovery document. */
  readonly keySet: boolean
  /** The requested document. */
  readonly document: object
  /** The published keys. */
  readonly keys: readonly JWK[]
}

type Act = (res: ServerResponse, honest: Honest) => void

const json = (res: ServerResponse, document: unknown): void => {
  res.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(document))
}

/** Serves other keys, and a correct discovery document. */
const withKeys =
  (change: (keys: readonly JWK[]) => readonly unknown[]): Act =>
  (res, { keySet, document, keys }) =>
    json(res, keySet ? { keys: change(keys) } : document)

const hugeBody = 50 * 1024 * 1024

const acts: Readonly<Record<Misbehaviour, Act>> = {
  hang: () => {},
  drip: (res, { document }) => {
    const text = JSON.stringify(document)
    res.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': text.length })
    let sent = 0
    const timer = setInterval(() => res.write(text[sent++] ?? ' '), 100)
    res.once('close', () => clearInterval(timer))
  },
  reset: (res) => void res.socket?.resetAndDestroy(),
  error: (res) => void res.writeHead(500).end('out of order'),
  missing: (res) => void res.writeHead(404).end('not found'),
  html: (res) => void res.writeHead(200, { 'Content-Type': 'text/html' }).end('<!doctype html><title>Log in</title>'),
  truncated: (res, { document }) => {
    const text = JSON.stringify(document)
    res.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': text.length })
    res.write(text.slice(0, text.length / 2), () => void res.socket?.destroy())
  },
  huge: (res) => {
    res.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': hugeBody })
    const chunk = Buffer.alloc(65_536, ' ')
    let left = hugeBody
    const more = (): void => {
      while (left > 0 && !res.destroyed) {
        left -= chunk.length
        if (!res.write(chunk)) return void res.once('drain', more)
      }
      res.end()
    }
    more()
  },
  redirect: (res, { issuer }) => void res.writeHead(302, { Location: `${issuer}/elsewhere` }).end(),
  'foreign-issuer': (res, { document }) => json(res, { ...document, issuer: 'https://evil.example' }),
  'foreign-keys': (res, { document }) => json(res, { ...document, jwks_uri: 'https://evil.example/jwks' }),
  'empty-set': withKeys(() => []),
  'no-set': (res, { keySet, document }) => json(res, keySet ? { jwks: [] } : document),
  'null-key': withKeys((keys) => [null, 'x', 7, ...keys]),
  'duplicate-key': withKeys((keys) => [...keys, ...keys]),
  'private-key': withKeys((keys) => [...keys.map((key) => ({ ...key, d: 'AQAB', kid: 'private' })), ...keys]),
  'symmetric-key': withKeys((keys) => [{ kty: 'oct', k: 'c2VjcmV0', kid: keys[0]?.kid, alg: 'HS256' }]),
  'small-key': withKeys((keys) => keys.map((key) => ({ ...key, n: key.n?.slice(0, 172) }))),
  'many-keys': withKeys((keys) => Array.from({ length: 101 }, (_, index) => ({ ...keys[0], kid: `key-${index}` }))),
}

/** Answers a request in the given way. */
export function misbehave(how: Misbehaviour, res: ServerResponse, honest: Honest): void {
  acts[how](res, honest)
}
