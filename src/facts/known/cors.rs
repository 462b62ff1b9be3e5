//! How CORS is switched on in each framework.

use crate::facts::Framework;

impl Framework {
    /// What to write so that pages of one origin may read the answers.
    #[must_use]
    pub fn cors_registration(self, origin: &str) -> String {
        match self {
            Self::FastApi | Self::Starlette => {
                format!(
                    "`app.add_middleware(CORSMiddleware, allow_origins=[\"{origin}\"], allow_methods=[\"*\"], allow_headers=[\"*\"])`"
                )
            }
            Self::Flask => format!("`CORS(app, origins=[\"{origin}\"])` of flask-cors (Quart: quart-cors)"),
            Self::Django | Self::Ninja => {
                format!("add django-cors-headers with its middleware, and `CORS_ALLOWED_ORIGINS = [\"{origin}\"]`")
            }
            Self::Express => format!("`app.use(cors({{ origin: '{origin}' }}))` in front of the routes"),
            Self::Fastify => format!("`app.register(require('@fastify/cors'), {{ origin: '{origin}' }})`"),
            Self::Nest => format!("`app.enableCors({{ origin: '{origin}' }})` before `listen`"),
            Self::Koa => format!("`app.use(cors({{ origin: '{origin}' }}))` of @koa/cors in front of the router"),
            Self::Hono => format!("`app.use(cors({{ origin: '{origin}' }}))` of hono/cors in front of the routes"),
            _ => format!(
                "answer with `Access-Control-Allow-Origin: {origin}`, also what browsers ask ahead with OPTIONS"
            ),
        }
    }
}
