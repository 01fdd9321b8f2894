import { z } from 'zod';

// The content security policy forbids eval, which zod would otherwise probe for when a schema is made.
// Composition roots import this file before anything that makes schemas.
z.config({ jitless: true });
