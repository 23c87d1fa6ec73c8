// The inputs of the action: what they mean, and what is said of a mistake.

import { describe, expect, test } from 'vitest'
import { credentialFile } from '../../action/src/credential-file.ts'
import type { Inputs } from '../../action/src/inputs.ts'
import { readInputs } from '../../action/src/inputs.ts'
import { revocationUrlOf } from '../../action/src/revoke.ts'

type Given = Readonly<Record<string, string>>
const read = (given: Given): Inputs =>
  readInputs(Object.fromEntries(Object.entries(given).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value])))

const audience = 'https://api.acme.dev'
const url = 'https://auth.acme.dev/token'

test.each<readonly [what: string, given: Given, inputs: Inputs]>([
  ['an audience', { audience: ` ${audience}\t` }, { audience }],
  ['an audience that is no URL', { audience: 'deploy api' }, { audience: 'deploy api' }],
  ['an exchange', { audience, 'exchange-url': url }, { audience, exchange: { url } }],
  [
    'scopes',
    { audience, 'exchange-url': url, scope: 'read publish' },
    { audience, exchange: { url, scope: 'read publish' } },
  ],
  [
    'a config of curl',
    { audience, write: 'curl-config' },
    { audience, destination: { mode: 'curl-config', host: '', username: 'token' } },
  ],
  [
    'the host of the audience',
    { audience: 'https://NPM.acme.dev:8443/x', write: 'npmrc' },
    {
      audience: 'https://NPM.acme.dev:8443/x',
      destination: { mode: 'npmrc', host: 'npm.acme.dev:8443', username: 'token' },
    },
  ],
  [
    'a host and a user',
    { audience: 'x', write: 'docker', host: 'R.acme.dev:5000', username: '__token__' },
    { audience: 'x', destination: { mode: 'docker', host: 'r.acme.dev:5000', username: '__token__' } },
  ],
])('%s is read', (_, given, inputs) => {
  expect(read(given)).toEqual(inputs)
})

const hostAdvice = "Input host: write the name of a host without scheme and path, such as 'npm.acme.dev'."
const urlAdvice = "Input exchange-url: write an https URL, such as 'https://auth.acme.dev/token'."
const scopeAdvice = "Input scope: write scopes separated by one space, such as 'read publish'."
const oneLine = (name: string): string => `Input ${name}: write one line, without control characters.`

test.each<readonly [given: Given, message: string]>([
  [{}, "Input audience: write the name of the API, such as 'https://api.acme.dev'."],
  [{ audience: ' ' }, "Input audience: write the name of the API, such as 'https://api.acme.dev'."],
  [{ audience: 'a\rb' }, oneLine('audience')],
  [{ audience: 'a\u0000b' }, oneLine('audience')],
  [{ audience: 'a\u0085b' }, oneLine('audience')],
  [{ audience, 'exchange-url': 'http://auth.acme.dev/token' }, urlAdvice],
  [{ audience, 'exchange-url': 'https://me:secret@auth.acme.dev/token' }, urlAdvice],
  [{ audience, 'exchange-url': 'https://auth.acme.dev/token?a=b' }, urlAdvice],
  [{ audience, 'exchange-url': 'auth.acme.dev/token' }, urlAdvice],
  [{ audience, 'exchange-url': 'https://auth.acme.dev' }, urlAdvice],
  [{ audience, 'exchange-url': 'https://auth.acme.dev/token#a' }, urlAdvice],
  [{ audience, scope: 'publish' }, 'Input scope: it is for an exchange: add exchange-url, or remove scope.'],
  [{ audience, 'exchange-url': url, scope: 'read  publish' }, scopeAdvice],
  [{ audience, 'exchange-url': url, scope: 'read "publish"' }, scopeAdvice],
  [
    { audience, write: 'pip' },
    'Input write: write one of curl-config, npmrc, netrc, docker, or leave it out for no file.',
  ],
  [{ audience, write: 'npmrc', host: 'a.dev\nregistry=https://evil.dev' }, oneLine('host')],
  [{ audience, write: 'npmrc', host: 'https://npm.acme.dev' }, hostAdvice],
  [{ audience, write: 'npmrc', host: 'npm.acme.dev/path' }, hostAdvice],
  [{ audience, write: 'netrc', host: 'a.dev login mallory' }, hostAdvice],
  [{ audience, write: 'netrc', host: '-a.dev' }, hostAdvice],
  [{ audience, write: 'docker', host: 'a.dev:0' }, hostAdvice],
  [{ audience: 'deploy api', write: 'npmrc' }, hostAdvice],
  [{ audience: 'http://api.acme.dev', write: 'npmrc' }, hostAdvice],
  [
    { audience, host: 'a.dev' },
    'Input host: it is for npmrc, netrc and docker: set write to one of them, or remove host.',
  ],
  [
    { audience, write: 'curl-config', host: 'a.dev' },
    'Input host: it is for npmrc, netrc and docker: set write to one of them, or remove host.',
  ],
  [
    { audience, write: 'npmrc', username: 'a' },
    'Input username: it is for netrc and docker: set write to one of them, or remove username.',
  ],
  [
    { audience, write: 'netrc', username: 'a password b' },
    "Input username: write letters, digits and . _ + @ $ - only, such as 'token'.",
  ],
  [
    { audience, write: 'docker', username: 'a:b' },
    "Input username: write letters, digits and . _ + @ $ - only, such as 'token'.",
  ],
])('the mistake in %j is an error that says what to write', (given, message) => {
  expect(() => read(given)).toThrow(message)
})

describe('a file', () => {
  test.each(['a"b', 'a\nb', 'a b', '', '${HOME}', 'a=b'])(
    'holds no token such as %j, which could add a setting',
    (token) => {
      const destination = { mode: 'npmrc', host: 'a.dev', username: 'token' } as const
      expect(() => credentialFile(destination, token)).toThrow(
        'The token has characters that no bearer token may have.',
      )
    },
  )
})

test.each([
  [url, 'https://auth.acme.dev/revoke'],
  ['https://acme.dev/auth/token', 'https://acme.dev/auth/revoke'],
])('a service token of %s is revoked at %s', (exchange, revocation) => {
  expect(revocationUrlOf(exchange)).toBe(revocation)
})
