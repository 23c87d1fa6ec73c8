import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  // Tests run against the sources: under this condition, `exports` of the packages name the
  // TypeScript entries.
  ssr: { resolve: { conditions: ['@jobpass/source', 'node', 'development|production'] } },
  test: {
    // Test files share workers, which starts fifty processes fewer. Each file undoes its changes to
    // globals.
    isolate: false,
    // One more than there are processors, since many tests wait for servers and browsers.
    maxWorkers: availableParallelism() + 1,
    // Generous, since CI machines are shared and durations are not what the tests check.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    expect: { poll: { timeout: 60_000 } },
    include: [
      'packages/*/src/**/*.test.ts',
      'test/**/*.test.ts',
      'examples/*/src/**/*.test.ts',
      'site/{playground,src}/**/*.test.ts',
    ],
    // The packaging tests need tarballs, see config/vitest.packaging.ts.
    exclude: ['**/node_modules/**', 'test/packaging/**'],
    // Type tests check what compiles, and what must not.
    typecheck: {
      enabled: true,
      include: ['packages/*/src/**/*.test-d.ts', 'test/**/*.test-d.ts'],
      tsconfig: './tsconfig.json',
    },
    reporters: process.env['CI'] ? ['default', ['json', { outputFile: '.ci-report.json' }]] : ['default'],
  },
})
