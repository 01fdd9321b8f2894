import { z } from 'zod';

/** 16 random bytes in base64url without padding. */
const randomIdSchema = z.string().regex(/^[A-Za-z0-9_-]{22}$/);

/** Names one installation of one identity; random, made on first start, not secret. */
export const deviceIdSchema = randomIdSchema.brand<'DeviceId'>();
export type DeviceId = z.infer<typeof deviceIdSchema>;

/** Names one call for both ends; random, chosen by the caller. */
export const callIdSchema = randomIdSchema.brand<'CallId'>();
export type CallId = z.infer<typeof callIdSchema>;
