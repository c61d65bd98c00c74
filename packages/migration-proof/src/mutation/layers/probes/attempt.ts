import type { Symptom } from '../../model.ts'
import { symptomOfThrown } from '../layer.ts'

/** What a probe throws is what it found. */
export function checkAttempt(probe: () => readonly Symptom[]): readonly Symptom[] {
  try {
    return probe()
  } catch (error) {
    return [symptomOfThrown('the probe', error)]
  }
}
