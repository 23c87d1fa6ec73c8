// `npm run test:fast`: all tests except the slowest twentieth, for quick feedback while editing.

import { mergeConfig } from 'vitest/config'
import config from '../vitest.config.ts'

export default mergeConfig(config, {
  test: {
    exclude: [
      // Property tests, with hundreds of inputs each.
      '**/*.property.test.ts',
      'packages/policy/src/{whole,round-trip}.test.ts',
      'test/providers/{requires,advice,other-tokens}.test.ts',
      // Programs in separate processes, with servers and databases.
      'examples/publish-service/src/*.test.ts',
      'test/exchange/several-processes.test.ts',
      'test/replay/redis*.test.ts',
      'test/replaced-promise.test.ts',
      // Hours of key rotation, on a simulated clock.
      'packages/core/src/keys/key-life.test.ts',
    ],
    typecheck: { enabled: false },
  },
})
