/** Core's module of this name, for the bundle of the page: one script is smaller than three. */

import { compactVerify } from 'jose/jws/compact/verify'
import { importJWK } from 'jose/key/import'
import type { loadJose as load } from '@jobpass/core/internal'

export const loadJose: typeof load = async () => ({ compactVerify, importJWK })
