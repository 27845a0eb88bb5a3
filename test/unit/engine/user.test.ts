import { userInfo } from 'node:os'
import { expect, test } from 'vitest'
import { userName } from '../../../operator/engine/user.ts'

test('is the name of the user', () => {
  expect(userName()).toBe(userInfo().username)
})

test('is the number of a user that has no name', () => {
  const missing = () => {
    throw new Error('uv_os_get_passwd returned ENOENT')
  }
  expect(userName(missing)).toBe(String(process.getuid?.()))
})
