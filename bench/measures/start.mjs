// @ts-check
import { fileURLToPath } from 'node:url'
import { runChild } from '../support/child.mjs'
import { interleave, median, ratioOf } from '../support/statistics.mjs'

const command = fileURLToPath(new URL('../../dist/cli.cjs', import.meta.url))
const snapshot = fileURLToPath(new URL('../../fixtures/snapshots/v2.db', import.meta.url))

/**
 * `inspect` of a small file from start to end, compared with Node that does nothing.
 *
 * @param {import('../support/options.mjs').Options} options
 */
export function measureStart({ rounds }) {
  const seconds = ({ wallSeconds, cpuSeconds }) => ({ wallSeconds, cpuSeconds })
  const runs = interleave(
    {
      inspect: () => seconds(runChild([process.execPath, command, 'inspect', snapshot])),
      node: () => seconds(runChild([process.execPath, '-e', '0'])),
    },
    rounds * 12,
  )
  const wall = (name) => runs[name]?.map(({ wallSeconds }) => wallSeconds) ?? []
  return {
    inspectSeconds: median(wall('inspect')),
    nodeSeconds: median(wall('node')),
    besideNode: ratioOf(wall('inspect'), wall('node')),
  }
}
