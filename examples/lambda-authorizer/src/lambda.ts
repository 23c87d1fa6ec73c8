/** What Lambda calls. */

import { createAuthorizer } from './authorizer.ts'

export const handler = createAuthorizer()
