/** An API whose clock the test moves, with a header of each request. Sends its port. */

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createVerifier, githubActions } from '@jobpass/core'
import type { WorkloadAuthError } from '@jobpass/core'

const [, , issuer = '', refresh = ''] = process.argv
let offset = 0
const verifier = createVerifier({
  audience: 'https://api.acme.dev',
  trust: githubActions.at(issuer, { jwksUri: `${issuer}/jwks`, insecureLoopback: true })({ ownerId: '1234567' }),
  jwks: { maxAge: 3, refresh: refresh as 'background' | 'foreground' },
  clock: {
    now: () => Date.now() + offset,
    after: (milliseconds, callback) => {
      const timer = setTimeout(callback, milliseconds)
      return () => clearTimeout(timer)
    },
  },
})
const server = createServer((request, response) => {
  offset = Number(request.headers['x-seconds-later']) * 1000
  verifier.authorize(request.headers.authorization).then(
    () => response.end('allowed'),
    (error: WorkloadAuthError) => response.end(error.code),
  )
})
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port))
