// O15: platforms such as AWS Lambda freeze a process between calls. A background refresh of keys
// then never ends, and a withdrawn key must not be accepted because of that. The process is stopped
// and continued with real signals.

import type { ChildProcess } from 'node:child_process'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { githubActions } from '@jobpass/core'
import { createTestIssuer } from '@jobpass/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const noKeys = JSON.stringify({
  keys: [
    {
      kty: 'EC',
      crv: 'P-256',
      kid: 'other',
      x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
      y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
    },
  ],
})

describe.each(['background', 'foreground'])('O15: with keys refreshed in the %s', (refresh) => {
  const asked: ServerResponse[] = []
  const keyServer = createServer((_, response) => void asked.push(response))
  let child: ChildProcess
  let call: (secondsLater: number) => Promise<string>
  let keys: string

  /** Waits for the next request for keys. */
  const nextQuestion = async (): Promise<ServerResponse> => {
    // An earlier waiter may have taken the request that ended this wait.
    while (asked.length === 0) await once(keyServer, 'request')
    return asked.shift() as ServerResponse
  }

  beforeAll(async () => {
    await once(keyServer.listen(0, '127.0.0.1'), 'listening')
    const issuer = `http://127.0.0.1:${(keyServer.address() as AddressInfo).port}`
    const github = await createTestIssuer(githubActions, { issuer })
    keys = JSON.stringify({ keys: github.keys })
    const token = await github.mint({ aud: 'https://api.acme.dev', exp: Math.floor(Date.now() / 1000) + 7200 })
    child = fork(fileURLToPath(new URL('server.ts', import.meta.url)), [issuer, refresh], {
      execArgv: ['--import', 'tsx', '--conditions=@jobpass/source'],
    })
    const [port] = (await once(child, 'message')) as [number]
    call = async (secondsLater) => {
      const headers = { authorization: `Bearer ${token}`, 'x-seconds-later': String(secondsLater) }
      return (await fetch(`http://127.0.0.1:${port}/`, { headers })).text()
    }
  })
  afterAll(async () => {
    child.kill('SIGKILL')
    keyServer.closeAllConnections()
    await new Promise((resolve) => keyServer.close(resolve))
  })

  test('O15: a withdrawn key is refused after the freeze', async () => {
    const first = call(0)
    ;(await nextQuestion()).end(keys)
    expect(await first).toBe('allowed')

    // The key is withdrawn now. This call makes the process request keys, and it is stopped before
    // the answer.
    const second = call(10)
    const question = await nextQuestion()
    if (refresh === 'background') expect(await second).toBe('allowed')
    child.kill('SIGSTOP')
    child.kill('SIGCONT')

    const third = call(3600)
    ;(await nextQuestion()).end(noKeys)
    expect(await third).toBe('key_unknown')
    // The answer counts as old as the request that was frozen.
    question.end(keys)
    for (let later = 1; later <= 9; later++) {
      const next = call(3600 + later)
      expect(await Promise.race([next, nextQuestion().then((response) => response.end(noKeys) && next)])).toBe(
        'key_unknown',
      )
    }
  })
})
