// Older major versions under their aliases, with the types of the current ones: the parts that
// adapters use are the same.
declare module 'express4' {
  import express from 'express'

  export default express
}

declare module 'koa2' {
  import Koa from 'koa'

  export default Koa
}
