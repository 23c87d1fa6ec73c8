import { defineConfig } from 'vitest/config'

export default defineConfig({
  // Tests run against the sources: the condition is what packages' `exports` name their TypeScript entry by.
  ssr: { resolve: { conditions: ['@jobpass/source', 'node', 'development|production'] } },
  test: {
    // Files share a worker: each keeps what it changes to itself, and fifty processes less are started.
    isolate: false,
    // Generous: how long a test takes says nothing of what it tests, and machines are shared.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    include: ['packages/*/src/**/*.test.ts', 'test/**/*.test.ts', 'examples/*/src/**/*.test.ts'],
    // They need tarballs, see config/vitest.packaging.ts.
    exclude: ['**/node_modules/**', 'test/packaging/**'],
    // Types are tested like everything else: what must not compile, does not.
    typecheck: {
      enabled: true,
      include: ['packages/*/src/**/*.test-d.ts', 'test/**/*.test-d.ts'],
      tsconfig: './tsconfig.json',
    },
    reporters: process.env['CI'] ? ['default', ['json', { outputFile: '.ci-report.json' }]] : ['default'],
  },
})
