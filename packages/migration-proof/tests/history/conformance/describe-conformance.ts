import { afterAll, afterEach, beforeAll, describe, it } from 'vitest'
import { setConfigFolder } from '../../../src/history/sql-folder.ts'
import { endLateSources } from '../../../src/migrator/late-statements.ts'
import { makePrivateFolder } from '../../../src/snapshots/private-folder.ts'
import { prepareTools } from '../tools/prepare-tools.ts'
import { cases, misfits } from './cases.ts'
import { expectSameKilled } from './expect-killed.ts'
import { expectSame, expectSameMisfit } from './expect-same.ts'
import type { Tool } from './tools.ts'

/** Compares the program of each tool with the emulation of its rules. @param of where the tools are installed */
export function describeConformance(tools: readonly Tool[], of: 'suite' | 'nightly'): void {
  const scratch = makePrivateFolder()
  beforeAll(() => {
    const { folder, install } = prepareTools(of)
    install()
    setConfigFolder(folder)
  }, 600_000)
  // Each history that is read has threads of its own.
  afterEach(endLateSources)
  afterAll(() => {
    setConfigFolder(process.cwd())
    scratch.remove()
  })

  describe.for(tools.map((tool) => [tool.name, tool] as const))('%s', ([, tool]) => {
    const tried = cases.filter(({ name }) => tool.only?.test(name) ?? true)
    it.for(tried.map((each) => [each.name, each] as const))('%s', ([, each]) =>
      expectSame(scratch.path, tool, each),
    )
    it.for(misfits.map((each) => [each.name, each] as const))('%s', ([, each]) =>
      expectSameMisfit(scratch.path, tool, each),
    )
    // Windows has no groups of processes, which a program is killed with.
    if (tool.program === undefined || process.platform === 'win32') return
    it('a process that is killed', () => expectSameKilled(scratch.path, tool))
  })
}
