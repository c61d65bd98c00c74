import { describeLog } from './describe-log.ts'
import type { Fault } from './fault-list.ts'
import { type IoFaultOptions, judgeFault, startFaultSession } from './judge-fault.ts'
import type { Replay } from './replay.ts'
import type { Simulator } from './simulator.ts'

/**
 * Runs the upgrade with one fault of a sweep again, and judges what it left.
 *
 * @throws what the upgrade throws though nothing was broken
 */
export function replayFault(simulator: Simulator, options: IoFaultOptions, fault: Fault): Replay {
  const session = startFaultSession(simulator, options)
  const { run, verdict } = judgeFault(simulator, session, fault)
  const lines = describeLog(run.log, [...options.files.keys()])
  const { call, point } = run.fault ?? { call: null, point: run.log.length }
  const failed = call === null ? 'no call failed' : `${call.kind} ${call.name} fails`
  return {
    files: run.disk.readFiles(),
    verdict,
    log: [...lines.slice(0, point), failed, ...lines.slice(point)],
  }
}
