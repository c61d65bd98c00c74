// Goal: what the upgrade of a snapshot is estimated to cost grows with its way, and what is reported as done adds up to it.
import { expect, it } from 'vitest'
import { checks } from '../../src/checks/index.ts'
import { estimateJob, listAllJobs } from '../../src/cli/crash/jobs.ts'
import { estimateWork, followWork, sumOf } from '../../src/cli/results/work.ts'
import { forum } from '../support/forum.ts'

const workOf = (name: string, interruptedTo?: number) =>
  estimateWork(forum, name, { interruptedTo, isFirst: false })
const totalOf = (...given: Parameters<typeof workOf>) => sumOf(workOf(...given).values())

it('an older snapshot costs more, and one of which only the next step is interrupted less', () => {
  expect(totalOf('v1')).toBeGreaterThan(totalOf('v2'))
  expect(totalOf('v1', 2)).toBeLessThan(totalOf('v1'))
})

it('what is done grows to the whole', () => {
  const work = workOf('v1')
  const seen: number[] = []
  const { onCheck, onShare } = followWork(work, (done) => seen.push(done))
  for (const { name } of checks) {
    onShare?.('v1', name, 0.5)
    onCheck?.('v1', { check: name } as never, { problems: [] })
  }
  expect(seen).toEqual(seen.toSorted((left, right) => left - right))
  expect(seen.at(-1)).toBeCloseTo(sumOf(work.values()))
})

it('each job of crash costs something, and a longer path more', () => {
  const jobs = listAllJobs(forum, 1, 'full')
  expect(jobs.every((job) => estimateJob(forum, job) > 0)).toBe(true)
  const cost = (path: string) =>
    sumOf(jobs.filter((job) => job.path === path).map((job) => estimateJob(forum, job)))
  expect(cost('fresh')).toBeGreaterThan(cost('v2..3'))
})
