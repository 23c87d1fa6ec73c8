import base from '../vitest.config.ts'

// The tests of core alone, without the type checker: a mutant that does not compile is none.
export default {
  ...base,
  test: {
    ...base.test,
    include: ['packages/core/src/**/*.test.ts', 'test/attacks.test.ts'],
    typecheck: { enabled: false },
    reporters: ['default'],
  },
}
