import { parentPort } from 'node:worker_threads'
import { DiagnosedError, errorMessage } from '../errors.ts'
import { loadSimulator } from '../faults/simulator.ts'
import { onLateStatement } from '../migrator/run-up.ts'
import type { Job } from './crash/jobs.ts'
import type { FromWorker } from './crash/pool.ts'
import { type JobProgress, runJob } from './crash/run-job.ts'
import { loadConfig } from './load-config.ts'
import { receiveTask } from './process/threads.ts'
import { sendError } from './upgrade/messages.ts'

/** A thread of `crash`, which runs the jobs that it receives, one after the other. */
const { configFile } = receiveTask<{ readonly configFile: string }>()
const progressMilliseconds = 200

const [simulator, suite] = await Promise.all([loadSimulator(), loadConfig(configFile)])

parentPort?.on('message', (job: Job | null) => {
  // After this, only what the suite left open keeps this thread alive.
  if (job === null) {
    parentPort?.close()
    return
  }
  let reported = 0
  const report = (progress: JobProgress) => {
    const now = performance.now()
    if (now - reported < progressMilliseconds) return
    reported = now
    send({ progress })
  }
  try {
    send({ result: runJob(simulator, suite, job, report) })
  } catch (error) {
    const diagnosis = error instanceof DiagnosedError ? error.diagnosis : null
    send({ failure: { message: errorMessage(error), diagnosis } })
  }
})

onLateStatement((error) => send({ late: sendError(error, 'crash') }))

function send(message: FromWorker) {
  parentPort?.postMessage(message)
}
