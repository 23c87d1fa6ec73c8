// Checks the replay store on Durable Objects in workerd: each case of the contract, claims by two
// isolates at once, a restart, and the alarm. `npm run test:packaging` and `npm run test:runtimes`
// run it on what they have built.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import { forWorkers, withWorkerd, workerOf } from './runtime-programs.mjs'

const folder = mkdtempSync(join(tmpdir(), 'jobpass-durable-objects-'))
const expected =
  'cases kept 13 of 13, claims by two isolates 20 of 20 rounds with one first, after a restart seen, the alarm deleted 450, rings again'

const ask = async (address) => (await fetch(address)).text()

async function checkAll({ first, second }) {
  const ids = JSON.parse(await ask(`${first}/cases`))
  // All at once, since some wait for the end of a claim.
  const outcomes = await Promise.all(ids.map(async (id) => [id, await ask(`${first}/case/${id}`)]))
  const broken = outcomes.filter(([, answer]) => answer !== 'kept')
  for (const [id, answer] of broken) console.log(`Durable Objects: ${id}: ${answer}`)
  let right = 0
  for (let round = 0; round < 20; round++) {
    const claims = Array.from({ length: 50 }, (_, index) => ask(`${index % 2 === 0 ? first : second}/claim/${round}`))
    const answers = (await Promise.all(claims)).toSorted()
    if (answers.join() === ['first', ...Array(49).fill('seen')].join()) right++
  }
  return `cases kept ${ids.length - broken.length} of ${ids.length}, claims by two isolates ${right} of 20 rounds with one first`
}

const classes = ['Claims', 'Silent']
const bindings = (more) =>
  classes
    .map((each) => `(name = "${each.toUpperCase()}", durableObjectNamespace = (className = "${each}"${more}))`)
    .join(', ')
const services = [
  workerOf(
    'first',
    'worker.js',
    `bindings = [${bindings('')}],
      durableObjectNamespaces = [${classes.map((each) => `(className = "${each}", uniqueKey = "${each}", enableSql = true)`).join(', ')}],
      durableObjectStorage = (localDisk = "disk"),`,
  ),
  workerOf('second', 'worker.js', `bindings = [${bindings(', serviceName = "first"')}],`),
  '(name = "disk", disk = (path = "objects", writable = true))',
]

try {
  mkdirSync(join(folder, 'objects'))
  await build({
    entryPoints: { worker: 'test/runtimes/durable-objects.ts' },
    outdir: folder,
    ...forWorkers,
    tsconfig: 'tsconfig.json',
  })
  const sockets = ['first', 'second']
  const seen = [await withWorkerd(folder, { services, sockets }, checkAll)]
  seen.push(
    await withWorkerd(folder, { services, sockets }, async ({ first, second }) =>
      [`after a restart ${await ask(`${second}/claim/0`)}`, `the alarm ${await ask(`${first}/ring`)}`].join(', '),
    ),
  )
  const answer = seen.join(', ')
  console.log(
    `The store on Durable Objects: ${answer === expected ? `as expected (${answer})` : `NOT as expected: ${answer}`}`,
  )
  process.exitCode = answer === expected ? 0 : 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}
