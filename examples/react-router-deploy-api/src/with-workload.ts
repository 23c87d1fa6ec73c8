/** Guards of React Router's resource routes. Copy this file. */

import type { FetchGuard } from '@jobpass/core'
import type { LoaderFunctionArgs } from 'react-router'

/** Makes a loader or an action that runs for the callers that a guard admits. */
export const withWorkload =
  <W, Result>(
    guard: FetchGuard<W>,
    handler: (args: LoaderFunctionArgs, workload: W) => Result | Promise<Result>,
  ): ((args: LoaderFunctionArgs) => Promise<Result>) =>
  async (args) => {
    const auth = await guard(args.request)
    // Thrown, since what a loader of a page returns is data of the page, also a Response.
    if (!('workload' in auth)) throw auth
    return handler(args, auth.workload)
  }
