import type { BlockRef } from '../../report/model/chains.ts'

/** A head that somebody published; `origin` and `parent` as far as they were told. */
export interface Head extends BlockRef {
  readonly origin?: BlockRef | undefined
  readonly parent?: string | undefined
}
