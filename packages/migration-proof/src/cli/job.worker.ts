import { parentPort } from 'node:worker_threads'
import { endLateSources, onLateStatement } from '../migrator/late-statements.ts'
import type { FromThread, JobKind, JobRunner, PoolTask } from './process/pool.ts'
import { receiveTask } from './process/threads.ts'
import { sendError } from './upgrade/messages.ts'

/** How often progress is sent. */
const progressMilliseconds = 200

type AnyRunner = JobRunner<unknown, unknown, unknown>

/** What each kind of job is done by. */
const kinds: Readonly<Record<JobKind, () => Promise<{ prepare(configFile: string): Promise<AnyRunner> }>>> = {
  against: () => import('./against/run-job.ts'),
  crash: () => import('./crash/run-job.ts'),
  lint: () => import('./lint/run-job.ts'),
  mutate: () => import('./mutation/run-job.ts'),
  verify: () => import('./results/verify-job.ts'),
}

/** A thread of a pool: it does the jobs that it receives, one after the other. */
const { kind, configFile } = receiveTask<PoolTask>()
onLateStatement((error) => send({ late: sendError(error, kind) }))
const { prepare } = await kinds[kind]()
const runner = await prepare(configFile)

// Only now does this keep the thread alive: one whose config waits forever ends.
parentPort?.on('message', (job: unknown) => {
  // After this, only what the suite left open keeps this thread alive.
  if (job === null) {
    runner.close?.()
    endLateSources()
    parentPort?.close()
    return
  }
  try {
    send({
      result: runner.run(
        job,
        atIntervals((progress) => send({ progress })),
      ),
    })
  } catch (error) {
    send({ failure: sendError(error, kind) })
  }
})

/** Passes on a value at most every so often. */
function atIntervals<Value>(pass: (value: Value) => void): (value: Value) => void {
  let passed = 0
  return (value) => {
    const now = performance.now()
    if (now - passed < progressMilliseconds) return
    passed = now
    pass(value)
  }
}

function send(message: FromThread<unknown, unknown>) {
  parentPort?.postMessage(message)
}
