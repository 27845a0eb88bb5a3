// What robfig/cron, by which Kubernetes reads the schedules of CronJobs, answered: a line of JSON for each question.
import { readFile, writeFile } from 'node:fs/promises'
import type { Question } from './corpus.ts'

/** null: refused. */
export type Answered = Question & { times: string[] | null }

const file = new URL('../../fixtures/cron/robfig-3.0.1.jsonl', import.meta.url)
export const timesAsked = 5

export async function recorded(): Promise<Answered[]> {
  const lines = (await readFile(file, 'utf8')).trim().split('\n')
  return lines.map((line) => JSON.parse(line) as Answered) // as written below
}

export const record = (answers: Answered[]): Promise<void> =>
  writeFile(file, answers.map((answer) => `${JSON.stringify(answer)}\n`).join(''))
