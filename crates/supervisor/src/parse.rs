//! Parses a DAG file in a child of its own, or in one that has parsed others.

use std::{
    borrow::Cow,
    sync::{Arc, Mutex, PoisonError},
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

/// A process that waits for a file to parse.
struct Parser {
    child: Child,
    /// Reads on, so that the pipe never fills.
    _capture: Option<Capture<String>>,
}

/// Those of which nothing can be told from new ones. They end with the supervisor.
#[derive(Default)]
pub(crate) struct Parsers(Mutex<Vec<Parser>>);

impl Parsers {
    fn take(&self) -> Option<Parser> {
        self.lock().pop()
    }

    fn put(&self, parser: Parser) {
        self.lock().push(parser);
    }

    pub(crate) fn clear(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Parser>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

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
    if request.shared
        && let Some(idle) = shared.parsers.take()
        && let Some(report) = parse_after_others(shared, request, idle).await
    {
        return report;
    }
    let spec = ForkSpec {
        role: Role::Parse,
        run_as_user: None,
        dag_file: None,
    };
    let limit = limit(request);
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
    let capture = child.output.take().map(Capture::tail);
    let mut heard = listen(shared, request, &mut child).await;
    if heard.is_clean {
        shared.parsers.put(Parser {
            child,
            _capture: capture,
        });
        return heard.report;
    }
    if heard.report.ending != ParseEnding::Parsed {
        kill_group(child.pid);
    }
    if let Some(capture) = capture {
        heard.report.printed = capture.finish(&shared.kill).await.unwrap_or_default();
    }
    heard.report
}

/// Whatever goes wrong may be due to the files before it: then there is no report, and a process of its
/// own tells.
async fn parse_after_others(
    shared: &Shared,
    request: &ParseRequest,
    mut parser: Parser,
) -> Option<ParseReport> {
    let heard = listen(shared, request, &mut parser.child).await;
    if heard.report.ending != ParseEnding::Parsed {
        kill_group(parser.child.pid);
        return None;
    }
    let has_errors = heard.report.messages.iter().any(|message| {
        kind_of(message.envelope.as_bytes()).is_some_and(|kind| kind == "import_error")
    });
    if has_errors {
        return None;
    }
    if heard.is_clean {
        shared.parsers.put(parser);
    }
    Some(heard.report)
}

struct Heard {
    report: ParseReport,
    /// The process may go on with another file.
    is_clean: bool,
}

async fn listen(shared: &Shared, request: &ParseRequest, child: &mut Child) -> Heard {
    let started = Instant::now();
    let mut messages = Vec::new();
    let ending = tokio::select! {
        ending = timeout(limit(request), converse(shared, child, request, &mut messages)) => {
            ending.unwrap_or(ParseEnding::TimedOut)
        }
        () = shared.kill.cancelled() => ParseEnding::NotStarted {
            error: STOPS.to_owned(),
        },
    };
    let last = messages.last().filter(|_| ending == ParseEnding::Parsed);
    Heard {
        is_clean: request.shared && last.is_some_and(is_clean),
        report: ParseReport {
            id: request.id,
            path: request.path.clone(),
            ending,
            messages,
            seconds: started.elapsed().as_secs_f64(),
            printed: String::new(),
        },
    }
}

fn limit(request: &ParseRequest) -> Duration {
    Duration::try_from_secs_f64(request.processor_timeout).unwrap_or(Duration::MAX)
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
        "shared": request.shared,
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
    kind_of(envelope).is_some_and(|kind| kind == "parsed")
}

fn kind_of(envelope: &[u8]) -> Option<Cow<'_, str>> {
    #[derive(Deserialize)]
    struct Typed<'a> {
        #[serde(borrow, rename = "type")]
        kind: Cow<'a, str>,
    }
    let typed: Typed<'_> = serde_json::from_slice(envelope).ok()?;
    Some(typed.kind)
}

fn is_clean(parsed: &ParseMessage) -> bool {
    #[derive(Deserialize)]
    struct Parsed {
        #[serde(default)]
        clean: bool,
    }
    serde_json::from_str::<Parsed>(&parsed.envelope).is_ok_and(|parsed| parsed.clean)
}
