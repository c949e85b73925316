//! Parses one DAG file in a child of its own.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use serde::Deserialize;
use tokio::time::timeout;

use crate::{
    command::ParseRequest,
    event::{Event, ParseEnding, ParseMessage, ParseReport},
    output::Capture,
    process::{Child, ForkSpec, Role, kill_group},
    questions::{Asked, Sources},
    shared::Shared,
};

const STOPS: &str = "the supervisor stops";

/// A report always comes.
pub(crate) async fn answer(shared: Arc<Shared>, request: ParseRequest) {
    let report = parse(&shared, &request).await;
    shared.tell(Event::Parsed(report));
}

pub(crate) fn not_started(request: &ParseRequest, error: String) -> ParseReport {
    ParseReport {
        id: request.id,
        path: request.path.clone(),
        ending: ParseEnding::NotStarted { error },
        messages: Vec::new(),
        seconds: 0.0,
        printed: String::new(),
    }
}

async fn parse(shared: &Shared, request: &ParseRequest) -> ParseReport {
    let spec = ForkSpec {
        role: Role::Parse,
        run_as_user: None,
        dag_file: None,
    };
    let limit = Duration::try_from_secs_f64(request.processor_timeout).unwrap_or(Duration::MAX);
    let forked = tokio::select! {
        forked = timeout(limit, shared.nursery.fork(spec)) => forked,
        () = shared.kill.cancelled() => return not_started(request, STOPS.to_owned()),
    };
    let mut child = match forked {
        Ok(Ok(child)) => child,
        Ok(Err(error)) => return not_started(request, error.to_string()),
        // The file is not to blame.
        Err(_) => {
            let limit = limit.as_secs();
            return not_started(request, format!("no process could be had within {limit} s"));
        }
    };
    let started = Instant::now();
    let capture = child.output.take().map(Capture::tail);
    let mut messages = Vec::new();
    let ending = tokio::select! {
        ending = timeout(limit, converse(shared, &mut child, request, &mut messages)) => {
            ending.unwrap_or(ParseEnding::TimedOut)
        }
        () = shared.kill.cancelled() => ParseEnding::NotStarted {
            error: STOPS.to_owned(),
        },
    };
    if ending != ParseEnding::Parsed {
        kill_group(child.pid);
    }
    let printed = match capture {
        Some(capture) => capture.finish(&shared.kill).await.unwrap_or_default(),
        None => String::new(),
    };
    ParseReport {
        id: request.id,
        path: request.path.clone(),
        ending,
        messages,
        seconds: started.elapsed().as_secs_f64(),
        printed,
    }
}

async fn converse(
    shared: &Shared,
    child: &mut Child,
    request: &ParseRequest,
    messages: &mut Vec<ParseMessage>,
) -> ParseEnding {
    let message = serde_json::json!({
        "type": "parse",
        "path": request.path,
        "dags_folder": request.dags_folder,
        "safe_mode": request.safe_mode,
        "import_timeout": request.import_timeout,
        "request": request.request,
    });
    if let Err(error) = child.channel.send(&message, &[]).await {
        tracing::debug!(%error, "a parse child did not take its order");
    }
    while let Some(Ok(frame)) = child.channel.receive().await {
        // A DAG file may read Variables and Connections while it is imported.
        if let Some(asked) = Asked::read(&frame.envelope) {
            let answer = match asked {
                Ok(asked) => Sources::new(shared, None).answer(asked, frame.blob).await,
                Err(refusal) => refusal,
            };
            if let Err(error) = child.channel.send(&answer.envelope, &answer.blob).await {
                tracing::debug!(%error, "a parse child did not take an answer");
            }
            continue;
        }
        let is_last = is_parsed(&frame.envelope);
        messages.push(ParseMessage {
            envelope: String::from_utf8_lossy(&frame.envelope).into_owned(),
            blob: frame.blob,
        });
        if is_last {
            return ParseEnding::Parsed;
        }
    }
    let exit = (&mut child.exited).await.unwrap_or_default();
    ParseEnding::Died {
        exit: exit.to_string(),
    }
}

fn is_parsed(envelope: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct Typed<'a> {
        #[serde(borrow, rename = "type")]
        kind: std::borrow::Cow<'a, str>,
    }
    serde_json::from_slice::<Typed<'_>>(envelope).is_ok_and(|typed| typed.kind == "parsed")
}
