import { createVerifier, githubActions, reportOnly } from '@jobpass/core'
import { createTestIssuer } from '@jobpass/testing'
import { context, metrics } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import type { MetricData } from '@opentelemetry/sdk-metrics'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base'
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { afterEach, beforeAll, expect, test } from 'vitest'
import { telemetryHooks } from './index.ts'

const audience = 'https://api.acme.dev'
const issuer = await createTestIssuer(githubActions)
const good = await issuer.mint({ aud: audience })
const stranger = await issuer.mint({ aud: audience, repository_owner_id: '7' })
const main = githubActions({ repository: 'acme/shop', branch: 'main' })
const spans = new InMemorySpanExporter()

const tracer = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] }).getTracer('test')

beforeAll(() => void context.setGlobalContextManager(new AsyncLocalStorageContextManager()))
afterEach(() => {
  spans.reset()
  metrics.disable()
})

interface Measured {
  readonly provider: MeterProvider
  readonly read: () => Promise<readonly MetricData[]>
}

function measured(): Measured {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  const provider = new MeterProvider({ readers: [new PeriodicExportingMetricReader({ exporter })] })
  return {
    provider,
    read: async () => {
      await provider.forceFlush()
      return (
        exporter
          .getMetrics()
          .at(-1)
          ?.scopeMetrics.flatMap((scope) => scope.metrics) ?? []
      )
    },
  }
}

/** The counts of a metric by its attributes. */
const countsOf = (all: readonly MetricData[], name: string): unknown =>
  all.find(({ descriptor }) => descriptor.name === name)?.dataPoints.map(({ attributes, value }) => [attributes, value])

const verifierWith = (hooks: ReturnType<typeof telemetryHooks>): ReturnType<typeof createVerifier> =>
  createVerifier({ audience, trust: githubActions({ ownerId: '1234567' }), fetch: issuer.fetch, ...hooks })

test('decisions are counted by layer, outcome, code and provider', async () => {
  const { provider, read } = measured()
  const verifier = verifierWith(telemetryHooks({ meterProvider: provider }))
  const mayDeploy = verifier.guard(main)

  await mayDeploy(`Bearer ${good}`)
  await mayDeploy(`Bearer ${good}`)
  await mayDeploy(`Bearer ${stranger}`).catch(() => {})
  await mayDeploy(undefined).catch(() => {})

  const all = await read()
  const admitted = { 'jobpass.allowed': true, 'jobpass.provider': 'github-actions' }
  expect(countsOf(all, 'jobpass.decisions')).toEqual([
    [{ 'jobpass.layer': 'trust', ...admitted }, 2],
    [{ 'jobpass.layer': 'route', ...admitted }, 2],
    [
      {
        'jobpass.layer': 'trust',
        'jobpass.allowed': false,
        'error.type': 'workload_forbidden',
        'jobpass.provider': 'github-actions',
      },
      1,
    ],
    [{ 'jobpass.layer': 'token', 'jobpass.allowed': false, 'error.type': 'token_missing' }, 1],
  ])
  expect(all.map(({ descriptor: { name, unit } }) => [name, unit])).toEqual([
    ['jobpass.decisions', '{decision}'],
    ['jobpass.key.events', '{event}'],
  ])
})

test('events about keys are counted by issuer and kind', async () => {
  const { provider, read } = measured()
  const verifier = verifierWith(telemetryHooks({ meterProvider: provider }))
  await verifier.verify(good)
  expect(countsOf(await read(), 'jobpass.key.events')).toEqual([
    [{ 'jobpass.issuer': 'https://token.actions.githubusercontent.com', 'jobpass.key.event': 'fetched' }, 1],
  ])
})

test('a verdict of report-only rules is counted next to the one that decided', async () => {
  const { provider, read } = measured()
  const guard = verifierWith(telemetryHooks({ meterProvider: provider })).guard(
    main,
    reportOnly(githubActions({ repository: 'acme/shop', branch: 'release' })),
  )
  await guard(`Bearer ${good}`)
  expect(countsOf(await read(), 'jobpass.decisions')).toContainEqual([
    expect.objectContaining({ 'jobpass.layer': 'route', 'jobpass.allowed': true, 'jobpass.reported.allowed': false }),
    1,
  ])
})

test('no attribute of a metric names a repository, a run, a person or anything unverified', async () => {
  const { provider, read } = measured()
  const verifier = verifierWith(telemetryHooks({ meterProvider: provider }))
  for (const token of [good, stranger, await issuer.mint({ aud: 'evil', sub: 'evil', actor: 'evil' })])
    await verifier.verify(token).catch(() => {})
  const counts = JSON.stringify((await read()).map(({ dataPoints }) => dataPoints.map(({ attributes }) => attributes)))
  for (const text of ['acme', 'evil', '19872285394', 'mara-holt']) expect(counts).not.toContain(text)
})

test('the active span gets an event for each decision, and the attributes of an admitted caller', async () => {
  const verifier = verifierWith(telemetryHooks({ meterProvider: measured().provider }))
  await tracer.startActiveSpan('POST /deploy', async (span) => {
    await verifier.guard(main)(`Bearer ${good}`)
    span.end()
  })
  const [{ attributes, events }] = spans.getFinishedSpans() as [ReadableSpan]
  expect(attributes).toMatchObject({ 'vcs.repository.name': 'shop', 'cicd.pipeline.run.id': '19872285394' })
  expect(events.map((event) => [event.name, event.attributes?.['jobpass.layer']])).toEqual([
    ['jobpass.verdict', 'trust'],
    ['jobpass.verdict', 'route'],
  ])
})

test('a caller that was refused gives the span no attributes', async () => {
  const verifier = verifierWith(telemetryHooks({ meterProvider: measured().provider }))
  await tracer.startActiveSpan('POST /deploy', async (span) => {
    await verifier.verify(stranger).catch(() => {})
    span.end()
  })
  const [{ attributes, events }] = spans.getFinishedSpans() as [ReadableSpan]
  expect(attributes).toEqual({})
  expect(events.map((event) => event.attributes?.['error.type'])).toEqual(['workload_forbidden'])
})

test('hooks that are made before the SDK starts record in its global provider', async () => {
  const verifier = verifierWith(telemetryHooks())
  const { provider, read } = measured()
  metrics.setGlobalMeterProvider(provider)
  await verifier.verify(good)
  expect(countsOf(await read(), 'jobpass.decisions')).toEqual([
    [{ 'jobpass.layer': 'trust', 'jobpass.allowed': true, 'jobpass.provider': 'github-actions' }, 1],
  ])
})

test('without an SDK the hooks do nothing', async () => {
  await expect(verifierWith(telemetryHooks()).verify(good)).resolves.toMatchObject({ repository: 'acme/shop' })
})

test('an unknown option is a TypeError that names the known ones', () => {
  expect(() => telemetryHooks({ meter: {} } as never)).toThrow("telemetryHooks() has no 'meter'")
})
