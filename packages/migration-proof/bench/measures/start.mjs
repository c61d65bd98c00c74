// @ts-check
import { join } from 'node:path'
import { runChild } from '../support/child.mjs'
import { bundleConfig, command, fixtures } from '../support/forum.mjs'
import { interleave, median, ratioOf } from '../support/statistics.mjs'

const snapshot = join(fixtures, 'snapshots', 'v2.db')

/**
 * `inspect` of a small file from start to end, compared with Node that does nothing.
 *
 * @param {import('../support/options.mjs').Options} options
 */
export async function measureStart({ rounds }) {
  const config = await bundleConfig()
  const seconds = ({ wallSeconds, cpuSeconds }) => ({ wallSeconds, cpuSeconds })
  const runs = interleave(
    {
      inspect: () => seconds(runChild([process.execPath, command, 'inspect', snapshot, '--config', config])),
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
