import type { Workloads } from '@jobpass/express'
import { githubActions } from '@jobpass/express'
import { createTestIssuer } from '@jobpass/testing/node'
import type { TestServer } from '@jobpass/testing/node'
import { context, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base'
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import request from 'supertest'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createApp } from './app.ts'

const exporter = new InMemorySpanExporter()
let issuer: TestServer<Workloads['github-actions']>

beforeAll(async () => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager())
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }))
  issuer = await (await createTestIssuer(githubActions)).listen()
})
beforeEach(() => exporter.reset())
afterAll(() => issuer.close())

async function deploy(claims?: Record<string, unknown>): Promise<ReadableSpan> {
  const token = claims && (await issuer.mint({ aud: 'https://deploy.acme.dev', ...claims }))
  const call = request(createApp({ githubActions: issuer.provider })).post('/deploy')
  await (token === undefined ? call : call.set('authorization', `Bearer ${token}`))
  const [span] = exporter.getFinishedSpans()
  if (span === undefined) throw new Error('no span was exported')
  return span
}

const verdicts = ({ events }: ReadableSpan): unknown[] => events.map(({ attributes }) => attributes)

test('a deployment is a span with the attributes of its run', async () => {
  const { name, attributes } = await deploy({})

  expect(name).toBe('POST /deploy')
  expect(attributes).toEqual({
    'http.response.status_code': 200,
    'cicd.pipeline.name': 'acme/shop/.github/workflows/ci.yml@refs/heads/main',
    'cicd.pipeline.run.id': '19872285394',
    'cicd.pipeline.run.url.full': `${issuer.issuer.replace('http:', 'https:')}/acme/shop/actions/runs/19872285394`,
    'cicd.pipeline.task.run.id': '55102938475',
    'vcs.owner.name': 'acme',
    'vcs.repository.name': 'shop',
    'vcs.ref.head.name': 'main',
    'vcs.ref.head.type': 'branch',
    'vcs.ref.head.revision': '6f0c2d9b1e7a4c58d3b29f11a0c4e8d7b6a59310',
    'jobpass.provider': 'github-actions',
    'jobpass.issuer': issuer.issuer,
    'jobpass.repository': 'acme/shop',
    'jobpass.owner.key': `${issuer.issuer}#1234567`,
    'jobpass.repository.key': `${issuer.issuer}#74205118`,
    'jobpass.event': 'push',
    'jobpass.actor': 'mara-holt',
    'jobpass.runner': 'hosted',
  })
})

test('each decision is an event with the caller and the outcome', async () => {
  expect(verdicts(await deploy({}))).toMatchObject([
    { 'jobpass.layer': 'trust', 'jobpass.allowed': true, 'jobpass.reason': 'allowed', 'vcs.repository.name': 'shop' },
    { 'jobpass.layer': 'route', 'jobpass.allowed': true, 'jobpass.reason': 'allowed' },
  ])
})

test('the event of a refusal has the layer, the code, the reasons and the policy', async () => {
  expect(verdicts(await deploy({ ref: 'refs/heads/dev' }))).toMatchObject([
    { 'jobpass.layer': 'trust', 'jobpass.allowed': true },
    {
      'jobpass.layer': 'route',
      'jobpass.allowed': false,
      'error.type': 'workload_forbidden',
      'jobpass.reason': 'no-rule-matched',
      'jobpass.rules.fingerprint': expect.stringMatching(/^[0-9a-f]{16}$/) as unknown,
      'vcs.ref.head.name': 'dev',
    },
  ])
})

test('the event of a call without a token has no workload attributes', async () => {
  expect(verdicts(await deploy())).toEqual([
    { 'jobpass.layer': 'token', 'jobpass.allowed': false, 'error.type': 'token_missing' },
  ])
})
