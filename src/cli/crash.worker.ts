import { parentPort, workerData } from 'node:worker_threads'
import { DiagnosedError, errorMessage } from '../harness/errors.ts'
import { loadSimulator } from '../harness/faults/simulator.ts'
import type { Job } from './crash/jobs.ts'
import type { FromWorker } from './crash/pool.ts'
import { type JobProgress, runJob } from './crash/run-job.ts'
import { loadSuite } from './load-suite.ts'

/** One thread of `crash`: it does the jobs that it is sent, one after the other. */
const { suiteFile }: { readonly suiteFile: string | undefined } = workerData
const progressMilliseconds = 200

const [simulator, suite] = await Promise.all([loadSimulator(), loadSuite(suiteFile)])

parentPort?.on('message', (job: Job) => {
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

function send(message: FromWorker) {
  parentPort?.postMessage(message)
}
